from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "khoyte.guidance"

    def ready(self) -> None:
        from khoyte.foundation.look import assets
        from khoyte.guidance.catalogue import kinds
        from khoyte.guidance.guides import PICTURES
        from khoyte.notices.kinds import announce_labels

        assets.announce(PICTURES)
        announce_labels("support", {name: kind.label for name, kind in kinds().items()})
