"""VNeID: practising licences that their holders show from the wallet of the application."""

from typing import Any

from khoyte.foundation.language import Text
from khoyte.links.connectors.batches import BatchConnector, Sending
from khoyte.links.destinations import VNEID


class VNeIDWallet(BatchConnector):
    name = VNEID
    label = Text(vi="Ứng dụng VNeID", en="VNeID")
    operator = Text(vi="Bộ Công an", en="Ministry of Public Security")
    legal = "Nghị định 69/2024/NĐ-CP; Kế hoạch 1642/KH-BYT, I.1(a), bước 7"
    batches = "/v1/wallet/documents"
    records = "/v1/wallet/records"
    messages = "documents"

    def envelope(self, sending: Sending) -> dict[str, Any]:
        """The wallet finds its holder by the personal number, which stands apart from the document."""
        envelope = super().envelope(sending)
        holder = (sending.payload or {}).get("holder")
        return {**envelope, "document_type": sending.kind, "holder": holder}
