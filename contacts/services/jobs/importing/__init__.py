"""The import of a file as a job: its rows judged by our copy, sent in portions, and proved by reading again.

``freeze_import`` plans, ``course.Import`` is the worker's. Source: CC reference, section 15.
"""
