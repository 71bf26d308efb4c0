"""The deployments of these tests are played, or there are none."""

from studio.testing import fake_deployment as fake_deployment
