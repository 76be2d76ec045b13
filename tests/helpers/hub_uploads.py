"""The part of the small Hub that takes files: repositories are made, large files sent, commits committed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_of_a_writer"
"""Who has this may write."""


class Uploads:
    """Mixed into the handler of :class:`hub_server.HubServer`."""

    def do_POST(self: Any) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = unquote(urlsplit(self.path).path)
        self._note(path)
        fault = self._fault(path)
        if fault.status is not None:
            self._send(fault.status, dict(fault.headers), b"", fault)
        elif self.headers["Authorization"] != f"Bearer {TOKEN}" and path != "/api/validate-yaml":
            self._send(401, {}, b"", fault)
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif re.fullmatch(r"/api/models/[^/]+/[^/]+/preupload/.+", path):
            self._modes(json.loads(body))
        elif re.fullmatch(r"/[^/]+/[^/]+\.git/info/lfs/objects/batch", path):
            self._batch(json.loads(body))
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            self._commit_files(found[1], body)
        else:
            self._send(404, {}, b"", fault)

    def do_PUT(self: Any) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = unquote(urlsplit(self.path).path)
        self._note(path)
        oid = path.rpartition("/")[2]
        good = hashlib.sha256(body).hexdigest() == oid
        if good:
            self.hub.objects[oid] = body
        self._send(200 if good else 400, {}, b"", self._fault(path))

    def _note(self: Any, path: str) -> None:
        from hub_server import Request

        self.asked = Request(self.command, path, None, self.headers["Authorization"])
        self.hub.requests.append(self.asked)

    def _json(self: Any, tree: object) -> None:
        from hub_server import Fault

        self._send(200, {"Content-Type": "application/json"}, json.dumps(tree).encode(), Fault())

    def _create(self: Any, tree: dict[str, Any]) -> None:
        repo = tree["name"] if "/" in tree["name"] else f"{tree['organization']}/{tree['name']}"
        if tree.get("organization") and "/" not in tree["name"]:
            repo = f"{tree['organization']}/{tree['name']}"
        if repo not in self.hub.main:
            self.hub.publish(repo, {})
            if tree.get("private") or tree.get("visibility") == "private":
                self.hub.private.add(repo)
        self._json({"url": f"{self.hub.url}/{repo}", "name": repo, "id": repo})

    def _modes(self: Any, tree: dict[str, Any]) -> None:
        self._json(
            {
                "files": [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                        "shouldIgnore": False,
                    }
                    for file in tree["files"]
                ]
            }
        )

    def _batch(self: Any, tree: dict[str, Any]) -> None:
        objects = [
            {
                "oid": one["oid"],
                "size": one["size"],
                "actions": {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}", "header": {}}},
            }
            for one in tree["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def _commit_files(self: Any, repo: str, body: bytes) -> None:
        files = dict(self.hub.commits[repo][self.hub.main[repo]])
        for line in body.splitlines():
            step = json.loads(line)
            if step["key"] == "file":
                files[step["value"]["path"]] = base64.b64decode(step["value"]["content"])
            elif step["key"] == "lfsFile":
                files[step["value"]["path"]] = self.hub.objects[step["value"]["oid"]]
        commit = self.hub.publish(repo, files)
        url = f"{self.hub.url}/{repo}"
        self._json({"success": True, "commitUrl": f"{url}/commit/{commit}", "commitOid": commit})
