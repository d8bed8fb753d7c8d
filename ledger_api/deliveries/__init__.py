"""Deliveries: signed records that go to another institution's gateway as soon as they are final."""
