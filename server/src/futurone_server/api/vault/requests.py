"""What callers may ask about files."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from futurone_server.api.lists import ListQuery
from futurone_server.api.vault.form import UploadForm
from futurone_server.features.vault import Filter, Label
from futurone_server.kit import limits
from futurone_server.kit.errors import invalid_field, missing_field

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]


class FilesQuery(ListQuery):
    """The filters of the list of files. Empty ones mean the same as absent ones."""

    search: Annotated[_Text | None, Field(description="Part of the name, in whatever case.")] = None
    type: Annotated[
        _Text | None, Field(description="A media type, `image/*`, or an extension.", examples=["application/pdf"])
    ] = None
    folder_id: Annotated[_Text | None, Field(description="Folders come later; every file is in none.")] = None

    def filter(self) -> Filter:
        """Which files are asked for."""
        return Filter(search=self.search or None, type=self.type or None, folder_id=self.folder_id or None)


ListFiles = Annotated[FilesQuery, Query()]


def read_label(form: UploadForm) -> Label:
    """What a form that was read to its end says of its file. Raises Invalid."""
    name = form.text("name")
    if name is not None and len(name) > limits.LABEL_CHARS_MAX:
        raise invalid_field("name", f"must have at most {limits.LABEL_CHARS_MAX} characters")
    name = name or form.file_name
    if not name:
        raise missing_field("name", "the file came without a name; send one in this field")
    return Label(name=name, declared_type=form.declared_type, folder_id=form.text("folder_id"))
