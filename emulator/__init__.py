"""An imitation of the Constant Contact V3 API on this machine (see README.md). It knows nothing of the app."""
