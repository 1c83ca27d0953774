"""Who stands at the desk, in tests of the API."""

import pytest
from desk import Desk, Headers, a_desk
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def organiser(tokens: dict[str, Headers]) -> Headers:
    """Return the headers of an organiser's token."""
    return tokens["organiser"]


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    """Return Ada and Jan, who are attendees of the client's event."""
    assert client.application is app
    return a_desk(app)
