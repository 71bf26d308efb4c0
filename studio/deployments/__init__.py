"""The one door to a LangGraph deployment: configuration, clients, errors, dialects and one module per resource.

Every function here takes a `Gateway`, answers with our own types, and raises `DeploymentError` and nothing else.
"""
