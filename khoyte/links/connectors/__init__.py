"""One small adapter per national system, and the line they speak over."""

from khoyte.links.connectors.batches import BatchConnector
from khoyte.links.connectors.datacentre import DataCentre
from khoyte.links.connectors.population import Population
from khoyte.links.connectors.project06 import Project06
from khoyte.links.connectors.vneid import VNeIDWallet

POPULATION = Population()
CONNECTORS: dict[str, BatchConnector] = {one.name: one for one in (DataCentre(), VNeIDWallet(), Project06())}
