"""Glue that pages share: requests, full page or partial, markdown to safe HTML, the JSON tree, template tags."""
