"""The REST edge: one API object that mounts each room's router and describes itself as OpenAPI."""

from ninja import NinjaAPI

api = NinjaAPI(title="Khoyte", version="1", urls_namespace="api-v1", docs_url=None)
