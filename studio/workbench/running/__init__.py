"""Runs: the form that sends one, their list, the page of one, and its replay."""
