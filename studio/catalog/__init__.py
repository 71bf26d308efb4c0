"""The pages around the thread page: the list of threads, and what a deployment offers besides."""
