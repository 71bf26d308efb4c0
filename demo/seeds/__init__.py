"""What `demo.seed` puts into a deployment: threads made by real runs, threads made to measure, store items."""
