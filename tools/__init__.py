"""What is run from a shell: the set-up, the suite, the lock files, the vendored files, the demo."""
