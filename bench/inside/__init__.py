"""What is measured in a process inside the app: each public function is one deed that ``bench.place`` can order."""
