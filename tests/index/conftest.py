"""The deployments of these tests are played; the database is real."""

from studio.testing import fake_deployment as fake_deployment
