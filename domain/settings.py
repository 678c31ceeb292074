"""Settings: flag > SHENAVA_… in the environment > .env > shenava.toml > default."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from domain.errors import BadInput

#: The folder of the project; relative paths in settings start here, so cron may run from anywhere.
ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read once, at the doors; everything below takes plain arguments."""

    model_config = SettingsConfigDict(
        env_prefix="SHENAVA_", env_file=ROOT / ".env", toml_file=ROOT / "shenava.toml", extra="forbid"
    )

    data: Path = Field(Path("data"), description="Where the database, the secret and the exports live.")
    database_url: str = Field(
        "", description="SQLAlchemy URL of a SQLite or PostgreSQL database; empty means SQLite at <data>/shenava.db."
    )
    model: str = Field("models/reader", description="Checkpoint: a folder, or a name on the hub.")
    engine: str = Field("onnx", description="onnx (CPU, int8) or torch.")
    datasets: Path | None = Field(None, description="Folder of the training sets; only for train and evaluate.")
    base_model: str = Field("", description="Folder of the pretrained encoder that training starts from.")
    contact: str = Field("", description="Web page or e-mail of whoever runs the crawls; it goes into the user agent.")
    delay: float = Field(
        1.0, ge=0, description="Least seconds between two requests to one host; 0 only for a server of your own."
    )
    timeout: float = Field(30.0, gt=0, description="Seconds to wait for one page.")
    page_limit_mb: int = Field(10, ge=1, description="Largest body that is read, in MiB.")
    crawl_hours: float = Field(2.0, gt=0, description="A crawl of one target stops after so many hours.")
    blocked_hours: float = Field(6.0, ge=0, description="A source that shut its door is left alone for so many hours.")
    allow_hosts: str = Field(
        "",
        description="Private hosts that may be crawled all the same, with commas: 127.0.0.1,forum.intra.",
    )
    enabled: str = Field("", description="Sources that are off by default and wanted all the same: telegram,snappfood.")
    youtube_key: str = Field("", description="Your key of the YouTube Data API v3.", repr=False)
    bluesky_handle: str = Field("", description="Your Bluesky handle, for search: name.bsky.social.")
    bluesky_password: str = Field("", description="An app password of that account (never the main one).", repr=False)
    redis_url: str = Field("", description="Share one crawl over many processes or machines: redis://host:6379/0.")
    shared_by: int = Field(3, ge=1, description="An experience is shared when so many distinct authors tell it.")
    review_overlap: float = Field(
        0.1, ge=0, le=1, description="Share of reviewed texts that a second person is asked about, too."
    )
    digest_to: str = Field(
        "", description="Who gets the weekly digest: e-mail addresses, and chat ids of a bot, with commas."
    )
    smtp_url: str = Field(
        "", description="Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://host:465.", repr=False
    )
    webhook_url: str = Field(
        "", description="Where the digest is posted: a bot's …/bot<token>/sendMessage, or any address.", repr=False
    )
    app_url: str = Field("http://127.0.0.1:8501", description="Where readers open the app: links lead there.")
    demo_port: int = Field(8787, description="Loopback port of the demo site.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put shenava.toml behind the environment."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute."""
        return ROOT / self.data

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'shenava.db'}"

    @property
    def secret_path(self) -> Path:
        """The key under which authors are hashed; mode 600, never committed."""
        return self.data_dir / "secret.key"

    @property
    def model_path(self) -> str:
        """The checkpoint: an absolute folder if it exists here, else the name as it is (a hub name)."""
        return str(ROOT / self.model) if (ROOT / self.model).is_dir() else self.model

    @property
    def user_agent(self) -> str:
        """Truthful: what we are, which version, and whom to write to."""
        about = f"; {self.contact}" if self.contact else ""
        return f"Shenava/0.1 (Persian customer-experience listening, open source{about})"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process.

    Raises:
        BadInput: one of them cannot be what it is set to.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise BadInput(
            f"the setting {name} is wrong ({first['msg']}); see shenava.toml, .env and SHENAVA_{name.upper()}"
        ) from error
