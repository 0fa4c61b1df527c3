"""All that one start of the cluster needs to know, and the cluster's files, made where they are missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from futurone_server.store.embedded.account import Account, account_for
from futurone_server.store.embedded.binaries import Installation, installation_for, wheel_installation
from futurone_server.store.embedded.birth import is_made, make, receive
from futurone_server.store.embedded.endpoint import Endpoint
from futurone_server.store.embedded.places import Places, secret
from futurone_server.store.embedded.settings import PORT, server_command
from futurone_server.store.embedded.sockets import claim_socket_dir, cluster_name

_OWNER = "futurone"
_DATABASE = "futurone"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the cluster runs: where, as whom, by which command; and how it is entered."""

    places: Places
    account: Account
    command: tuple[str, ...]
    name: str
    endpoint: Endpoint
    superuser_password: str
    is_new: bool


def plan_start(places: Places, settings: Mapping[str, str], *, lock: int) -> Plan:
    """Make what is missing of the cluster's files, and say how it runs.

    ``settings`` override the usual ones; ``lock`` is the start lock, which the caller holds. Raises ClusterError and
    OSError.
    """
    account = account_for(places.pgdata)
    is_new = not is_made(places.pgdata)
    installation = installation_for(account, wheel_installation())
    superuser_password = secret(places, "postgres-superuser", may_make=is_new)
    if is_new:
        make(
            places.pgdata,
            account=account,
            installation=installation,
            password=superuser_password,
            lock=lock,
            is_durable=settings.get("fsync") != "off",
        )
    else:
        receive(places.pgdata, account)
    endpoint = Endpoint(
        socket_dir=claim_socket_dir(places, account),
        port=PORT,
        database=_DATABASE,
        owner=_OWNER,
        owner_password=secret(places, "postgres-owner", may_make=True),
    )
    return Plan(
        places=places,
        account=account,
        command=_command(places, account, installation, endpoint=endpoint, settings=settings),
        name=cluster_name(places, account),
        endpoint=endpoint,
        superuser_password=superuser_password,
        is_new=is_new,
    )


def _command(
    places: Places, account: Account, installation: Installation, *, endpoint: Endpoint, settings: Mapping[str, str]
) -> tuple[str, ...]:
    return server_command(
        installation.program("postgres"),
        data=account.data_argument(places.pgdata),
        socket_dir=endpoint.socket_dir,
        cluster_name=cluster_name(places, account),
        more=settings,
    )
