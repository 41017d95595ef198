#!/bin/sh
# The main job on the collection that comes with ragkit; called by `make demo`.
set -eu
cd "$(dirname "$0")"

run() {
    printf '\n$ ragkit'
    for word in "$@"; do
        case "$word" in *" "*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    ragkit "$@"
}

run index corpora/handbook --index demo.index
run ask "How many days of parental leave are there?" --index demo.index
run ask "Are visible tattoos allowed on board?" --index demo.index
run summarize corpora/handbook/documents/news/autumn-2026.md --sentences 2 --method extractive
