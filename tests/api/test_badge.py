"""Badges over HTTP: their codes verify, name the right generation, and cost nothing twice."""

import re
from io import BytesIO

import pypdfium2
import zxingcpp
from desk import Desk, Headers
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from badges.code import Medium, read, verifies
from event.people.badge_keys import badge_keys
from event.people.codes import event_uuid


def decoded(app: Flask, picture: Image.Image) -> tuple[int, Medium, int]:
    """Return holder, medium and generation of the code in a picture, which must verify."""
    found = zxingcpp.read_barcode(picture)
    assert found is not None
    code = read(found.text)
    with app.extensions["eventday"].db.read() as db:
        (key,) = badge_keys(db)
        assert verifies(code, event_uuid(db), key.raw)
    return code.claim.holder, code.claim.medium, code.claim.generation


def page(content: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    picture: Image.Image = document[0].render(scale=3).to_pil()
    document.close()
    return picture


def test_a_printed_badge_has_the_paper_code_of_the_valid_generation(
    app: Flask, client: FlaskClient, desk: Desk, tokens: dict[str, Headers]
) -> None:
    address, helpdesk = f"/v1/attendees/{desk.ada.id}", tokens["helpdesk"]
    first = client.get(f"{address}/badge.pdf", headers=helpdesk)
    assert first.mimetype == "application/pdf"
    assert decoded(app, page(first.data)) == (desk.ada.holder, Medium.PAPER, 1)
    body = {"medium": "paper", "generation": 2}
    client.post(f"{address}/reissue", json=body, headers=helpdesk)
    known = helpdesk | {"If-None-Match": first.headers["ETag"]}
    second = client.get(f"{address}/badge.pdf?layout=cr80", headers=known)
    assert decoded(app, page(second.data)) == (desk.ada.holder, Medium.PAPER, 2)
    assert client.get(f"{address}/badge.pdf?layout=a0", headers=helpdesk).status_code == 422


def test_my_badge_has_the_phones_code_in_each_form(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    mine = (desk.ada.holder, Medium.PHONE, 1)
    png = client.get("/v1/me/badge.png", headers=desk.ada_phone)
    assert png.mimetype == "image/png"
    assert decoded(app, Image.open(BytesIO(png.data))) == mine
    pdf = client.get("/v1/me/badge.pdf", headers=desk.ada_phone)
    assert decoded(app, page(pdf.data)) == mine
    svg = client.get("/v1/me/badge.svg", headers=desk.ada_phone)
    assert svg.mimetype == "image/svg+xml"
    words = re.findall(r">([^<]+)</text>", svg.text)
    assert {"Ada", "Łoś-Canary", "Uczestnik", "Wydarzenie demo"} <= set(words)
    assert client.get("/v1/me/badge.svg", headers=desk.jan_phone).data != svg.data


def test_a_badge_that_the_phone_has_is_not_sent_again(client: FlaskClient, desk: Desk) -> None:
    for address in ("/v1/me/badge.svg", "/v1/me"):
        first = client.get(address, headers=desk.ada_phone)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert first.headers["Vary"] == "Authorization"
        known = {"If-None-Match": first.headers["ETag"]}
        again = client.get(address, headers=desk.ada_phone | known)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert client.get(address, headers=desk.jan_phone | known).status_code == 200
        assert client.get(address, headers=known).status_code == 401
