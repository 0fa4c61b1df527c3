"""Settings: what a workspace's people decide for all of it: its name, its defaults, its projects."""

from futurone_server.features.settings.service import Changes, SettingsService

__all__ = ["Changes", "SettingsService"]
