"""A declaration as JSON Schema (2020-12), with labels and legal sources beside it."""

from typing import Any

from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.queries import filters_of

_FORMS: dict[str, dict[str, Any]] = {
    "date": {"type": "string", "format": "date"},
    "partial_date": {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"},
    "integer": {"type": "integer", "minimum": 0},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}},
    "personal_number": {"type": "string", "pattern": r"^\d{12}$"},
    "facility_code": {"type": "string", "pattern": "^[0-9A-Z]{5}$"},
    "long_text": {"type": "string"},
    # The digest of a document sent before (POST /registers/{name}/documents).
    "document": {
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "contentMediaType": "image/jpeg, application/pdf",
    },
}


def property_schema(field: Field) -> dict[str, Any]:
    form = dict(_FORMS.get(field.kind, {"type": "string", "maxLength": field.longest}))
    if field.kind == "code":
        form = {
            "type": "string",
            "enum": [one.code for one in field.codes],
            "oneOf": [{"const": one.code, "title": one.label.vi} for one in field.codes],
        }
    elif field.pattern:
        target = form["items"] if field.kind == "list" else form
        target["pattern"] = f"^(?:{field.pattern})$"
    form["title"] = field.label.vi
    if field.help:
        form["description"] = field.help.vi
    form["label"] = {"vi": field.label.vi, "en": field.label.en}
    form["sensitivity"] = field.sensitivity
    form["public"] = field.public
    form["quality"] = field.quality
    if field.measure:
        form["unit"] = field.measure.vi
    if field.legal:
        form["legal"] = field.legal
    if field.references:
        form["references"] = field.references
    return form


def json_schema(declaration: Declaration) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/api/v1/registers/{declaration.name}",
        "title": declaration.label.vi,
        "type": "object",
        "properties": {field.name: property_schema(field) for field in declaration.fields},
        "required": [field.name for field in declaration.fields if field.required],
    }


def summary(declaration: Declaration) -> dict[str, Any]:
    """One line of the list of registers."""
    address = f"/api/v1/registers/{declaration.name}"
    return {
        "name": declaration.name,
        "label": declaration.label.vi,
        "labels": {"vi": declaration.label.vi, "en": declaration.label.en},
        "steward": {"vi": declaration.steward.vi, "en": declaration.steward.en},
        "legal": list(declaration.legal),
        "key": list(declaration.key),
        "url": address,
        "records_url": f"{address}/records",
        "template_url": f"{address}/template.xlsx",
    }


def description(declaration: Declaration) -> dict[str, Any]:
    """The whole of a register: it is itself a JSON Schema; `schema` repeats it without the rest."""
    schema = json_schema(declaration)
    return {
        **schema,
        **summary(declaration),
        "schema": schema,
        "filters": filters_of(declaration),
        "review": [
            {
                "level": level.name,
                "label": {"vi": level.label.vi, "en": level.label.en},
                "working_days": level.working_days,
                "legal": level.legal,
            }
            for level in declaration.ladder
        ],
        "rules": [
            {
                "id": rule.id,
                "field": rule.field,
                "level": rule.level,
                "quality": rule.quality,
                "message": {"vi": rule.message.vi, "en": rule.message.en},
                "legal": rule.legal,
            }
            for rule in declaration.rules
        ],
        "valid_time": list(declaration.valid_time) if declaration.valid_time else None,
        "keeps_known_at": declaration.keeps_known_at,
    }
