"""The fake is what is tested here, and what the tests of Studio's pages stand on."""

from studio.testing import fake_deployment as fake_deployment
