"""What the tests stand on: a fixed environment, real servers, a real browser."""
