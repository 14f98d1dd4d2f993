"""Files of forms while a request lasts: in memory when small, else nameless files below the blob folder."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from khoyte.foundation.errors import KhoyteError
from khoyte.submissions import errors, parts
from khoyte.submissions.limits import DIRECT_BODY_BYTES, FORM_MEMORY_BYTES


class FormTooLarge(KhoyteError, RequestDataTooBig):
    """A form above the limit of one request. Django knows it, too, and answers where no view has begun."""

    status = 413


class BlobUploadHandler(FileUploadHandler):
    """Django's handler for settings.FILE_UPLOAD_HANDLERS. Files are gone when the request is closed.

    All files of a form share the memory. Raises FormTooLarge before anything is read.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: Any = None,
    ) -> None:
        if content_length > DIRECT_BODY_BYTES:
            told = errors.too_large(DIRECT_BODY_BYTES // 2**20)
            raise FormTooLarge(told.text, remedy=told.remedy, code=told.code)
        self._room = FORM_MEMORY_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = parts.spooled(self._room)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self._room = max(0, self._room - file_size)
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
