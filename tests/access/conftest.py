"""Pages are asked of a Studio that looks at a fake deployment."""

from studio.testing import fake_deployment as fake_deployment
