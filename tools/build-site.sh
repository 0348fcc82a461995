#!/usr/bin/env bash
# Builds the documentation as a site with a search, by MkDocs in an environment of
# its own. A link that leads nowhere is an error.
#
# usage: tools/build-site.sh [OUTPUT]     (default: site)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(realpath -m "${1:-$root/site}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check mkdocs==1.6.1 mkdocs-material==9.8.2

# One folder: what lies above docs in the repository lies beside it here, and files
# that are no pages stay where they are.
cp -r "$root/docs" "$work/docs"
mv "$work/docs/README.md" "$work/docs/index.md"
cp "$root/README.md" "$work/docs/project.md"
cp "$root"/{CHANGELOG,CONTRIBUTING,SECURITY}.md "$work/docs"
find "$work/docs" -name '*.md' -exec sed -i -E \
  -e 's#\]\((\.\./)?docs/README\.md#](index.md#g' -e 's#\]\(README\.md#](index.md#g' \
  -e 's#\]\(\.\./README\.md#](project.md#g' -e 's#\]\(\.\./(CHANGELOG|CONTRIBUTING|SECURITY)\.md#](\1.md#g' \
  -e 's#\]\(docs/#](#g' -e 's#\[([^]]*)\]\((\.\./)?(LICENSE|examples/|python/|tools/|test/)[^)]*\)#\1#g' {} +
cp "$root/mkdocs.yml" "$work"
NO_MKDOCS_2_WARNING=1 "$work/venv/bin/mkdocs" build -q --strict -f "$work/mkdocs.yml" -d "$output"
echo "$output/index.html"
