"""Who may do what: permission and audit of every verb, read-only mode, origin and host checks, security headers.

Sign-in and roles will live here; every verb already asks `permissions.require` and writes `audit.record`.
"""
