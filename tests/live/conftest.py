"""The fixture that plays a deployment."""

from studio.testing import fake_deployment

__all__ = ["fake_deployment"]
