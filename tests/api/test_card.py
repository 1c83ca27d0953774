"""A contact card: who I am and what I chose, for a file and for the camera of another phone."""

from io import BytesIO

import zxingcpp
from desk import AT, Desk
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from event.people.attendees import change

NAME = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Łoś-Canary\r\nN:Łoś-Canary;Ada;;;\r\n"


def choose(client: FlaskClient, desk: Desk, *fields: str) -> None:
    body = {"fields": fields, "about": "Not on a card"}
    assert client.put("/v1/me/profile", headers=desk.ada_phone, json=body).status_code == 200


def test_a_card_has_a_name_and_what_was_chosen(app: Flask, client: FlaskClient, desk: Desk) -> None:
    answer = client.get("/v1/me/card.vcf", headers=desk.ada_phone)
    assert answer.content_type == "text/vcard; charset=utf-8"
    assert answer.text == f"{NAME}END:VCARD\r\n"
    with app.extensions["eventday"].db.write() as tx:
        values = {"organisation": "A, B; C\\D", "country": "Polska", "position": ""}
        change(tx, desk.ada.id, values, at=AT)
    choose(client, desk, "organisation", "country", "email", "position")
    answer = client.get("/v1/me/card.vcf", headers=desk.ada_phone)
    assert answer.text == (
        f"{NAME}ORG:A\\, B\\; C\\\\D\r\nADR:;;;;;;Polska\r\nEMAIL:ada.canary@example.org\r\n"
        "END:VCARD\r\n"
    )
    known = desk.ada_phone | {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/v1/me/card.vcf", headers=known).status_code == 304


def test_another_phone_reads_it_from_the_screen(client: FlaskClient, desk: Desk) -> None:
    choose(client, desk, "organisation", "email")
    card = client.get("/v1/me/card.vcf", headers=desk.ada_phone).text
    picture = client.get("/v1/me/card.png", headers=desk.ada_phone).get_data()
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture)).convert("L"))
    assert read.bytes.decode() == card
    drawing = client.get("/v1/me/card.svg", headers=desk.ada_phone)
    assert (drawing.status_code, drawing.text[:4]) == (200, "<svg")


def test_what_no_code_can_hold_is_refused_with_a_way_out(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    with app.extensions["eventday"].db.write() as tx:
        long = {"organisation": "𝔘" * 200, "position": "𝔘" * 200, "country": "𝔘" * 100}
        change(tx, desk.ada.id, long | {"surname": "𝔘" * 100}, at=AT)
    choose(client, desk, "organisation", "position", "country")
    for name, status in (("vcf", 200), ("svg", 409), ("png", 409)):
        answer = client.get(f"/v1/me/card.{name}", headers=desk.ada_phone)
        assert answer.status_code == status, name
    choose(client, desk)
    assert client.get("/v1/me/card.png", headers=desk.ada_phone).status_code == 200
