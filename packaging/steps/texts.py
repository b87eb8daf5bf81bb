"""What the bootstrap says, in English and Japanese; it speaks before any catalogue exists."""

from __future__ import annotations

import locale
import os
import sys

TEXTS = {
    "python_wrong": (
        "This is Python {found}; Enemado needs Python 3.11, 3.12 or 3.13 and found none of them.",
        "この Python は {found} です。Enemado には Python 3.11、3.12、3.13 のいずれかが必要ですが、見つかりませんでした。",
    ),
    "python_wrong_means": ("Nothing has been changed.", "まだ何も変更していません。"),
    "python_wrong_do": (
        "Install one of them (Debian 12: sudo apt-get install python3 python3-venv) and start again with it: python3.11 {script}",
        "いずれかをインストールし（Debian 12 なら sudo apt-get install python3 python3-venv）、"
        "それで起動し直してください: python3.11 {script}",
    ),
    "system_missing": ("Missing from this system: {packages}", "このシステムに足りないもの: {packages}"),
    "system_installing": ("Installing them with apt-get …", "apt-get でインストールします…"),
    "system_means": (
        "Enemado cannot start without them, and this user may not install them.",
        "これらがないと Enemado は起動できません。このユーザーにはインストールの権限がありません。",
    ),
    "system_do": (
        "Run this once, then start again:\n  {command}",
        "次のコマンドを一度実行し、起動し直してください:\n  {command}",
    ),
    "system_foreign": (
        "This system has no apt-get, so the packages are named as Debian names them.",
        "このシステムには apt-get がないため、Debian でのパッケージ名を示します。",
    ),
    "system_foreign_do": (
        "Install these with the system's own package manager, then start again: {packages}",
        "システムのパッケージマネージャーで次をインストールし、起動し直してください: {packages}",
    ),
    "apt_failed": ("apt-get did not succeed.", "apt-get が失敗しました。"),
    "apt_failed_means": (
        "The network, the package mirror or another running installation is in the way. apt-get said:\n{tail}",
        "ネットワーク、パッケージの配布元、または実行中の別のインストールが妨げています。apt-get の出力:\n{tail}",
    ),
    "venv_new": ("Making the Python environment in {folder} …", "Python 環境を {folder} に作ります…"),
    "venv_again": (
        "The Python environment in {folder} is incomplete or of another kind; making it anew …",
        "{folder} の Python 環境が不完全か別のものなので、作り直します…",
    ),
    "venv_failed": ("The Python environment could not be made.", "Python 環境を作れませんでした。"),
    "venv_failed_means": ("Python said:\n{tail}", "Python の出力:\n{tail}"),
    "venv_failed_do": (
        "Check that the disk has room and that this folder may be written: {folder}",
        "ディスクに空きがあり、このフォルダーに書き込めることを確認してください: {folder}",
    ),
    "packages": (
        "Installing the packages of {lock}, each checked against its hash …",
        "{lock} のパッケージを、ハッシュを確認しながらインストールします…",
    ),
    "peers": ("Installing the programs that the tests talk with …", "テストの通信相手となるプログラムをインストールします…"),
    "peers_failed": (
        "They could not be installed; tests that need them will be skipped. npm said:\n{tail}",
        "インストールできませんでした。これらを使うテストは省略されます。npm の出力:\n{tail}",
    ),
    "unpacking": ("Unpacking {count} packages …", "{count} 個のパッケージを展開します…"),
    "catalogues": ("Compiling the translations …", "翻訳カタログを変換します…"),
    "catalogues_failed": ("The translations could not be compiled.", "翻訳カタログを変換できませんでした。"),
    "catalogues_do": ("Mend the file that is named above and start again.", "上に示したファイルを直し、起動し直してください。"),
    "ready": ("Ready after {seconds:.0f} s.", "{seconds:.0f} 秒で準備ができました。"),
    "network": ("The packages could not be fetched.", "パッケージを取得できませんでした。"),
    "network_means": (
        "There is no way to the package index: no network, a proxy or a certificate that this machine does not know. "
        "What has been fetched is kept.",
        "パッケージの配布元に届きません。ネットワークがないか、プロキシや証明書が設定されていません。取得済みの分は残ります。",
    ),
    "network_do": (
        "Check the connection (behind a proxy set HTTPS_PROXY) and start again. Details: {log}",
        "接続を確認し（プロキシがある場合は HTTPS_PROXY を設定）、起動し直してください。詳細: {log}",
    ),
    "no_build": ("A package does not exist for this system.", "このシステム用のパッケージがありません。"),
    "no_build_means": ("pip said:\n{tail}", "pip の出力:\n{tail}"),
    "no_build_do": (
        "Use 64-bit Linux (glibc 2.34 or newer), Windows 10 or newer, or macOS 13 or newer.",
        "64 ビットの Linux（glibc 2.34 以降）、Windows 10 以降、macOS 13 以降で使ってください。",
    ),
    "hashes": ("A package is not the one that was locked.", "ロックされたものと違うパッケージが届きました。"),
    "hashes_means": (
        "The package index or something on the way delivers other bytes. Nothing of it was installed.",
        "配布元または経路の途中で別の内容に変わっています。インストールはしていません。",
    ),
    "hashes_do": (
        "Do not install it by hand. Ask who runs the package index. Details: {log}",
        "手動でインストールせず、配布元の管理者に確認してください。詳細: {log}",
    ),
    "disk": ("The disk is full.", "ディスクがいっぱいです。"),
    "disk_means": (
        "Enemado's environment needs about {need} MB here: {folder}",
        "Enemado の環境には約 {need} MB が必要です: {folder}",
    ),
    "disk_do": ("Make room and start again.", "空きを作り、起動し直してください。"),
    "pip_failed": ("The packages could not be installed.", "パッケージをインストールできませんでした。"),
    "pip_failed_means": ("pip said:\n{tail}", "pip の出力:\n{tail}"),
    "pip_failed_do": (
        "Start again; if it stays, report the whole log: {log}",
        "もう一度起動し、続く場合はログ全体を報告してください: {log}",
    ),
    "stopped": ("Stopped. Starting again goes on from here.", "中断しました。もう一度起動すると続きから始めます。"),
    "step": ("── {name}", "── {name}"),
    "step_timeout": (
        "{name} did not end within {minutes} min and was stopped.",
        "{name} は {minutes} 分以内に終わらず、停止しました。",
    ),
    "step_ok": ("ok", "合格"),
    "step_failed": ("FAILED", "不合格"),
    "all_ok": ("All {count} steps passed in {seconds:.0f} s.", "{count} 項目すべてに合格しました（{seconds:.0f} 秒）。"),
    "some_failed": (
        "{failed} of {count} steps failed ({seconds:.0f} s): {names}",
        "{count} 項目中 {failed} 項目が不合格です（{seconds:.0f} 秒）: {names}",
    ),
    "usage": (
        "Usage: python3 {script} run [options of `enemado demo`]   open the kiosk on the demo town\n"
        "       python3 {script} test                             run everything that CI runs\n"
        "       python3 {script} setup [desktop|cloud|dev]        only make the environment",
        "使い方: python3 {script} run [`enemado demo` のオプション]   デモタウンのキオスクを開く\n"
        "        python3 {script} test                               CI と同じ検査をすべて実行する\n"
        "        python3 {script} setup [desktop|cloud|dev]          環境だけを作る",
    ),
}


class Trouble(Exception):
    """Something the person in front of the screen can act on: what happened, what it means, what to do."""

    def __init__(self, what: str, means: str, do: str, code: int = 1) -> None:
        super().__init__(what)
        self.lines = (what, means, do)
        self.code = code


def text(key: str, **values: object) -> str:
    """The text of this key in the reader's language."""
    return TEXTS[key][1 if _japanese() else 0].format(**values)


def say(key: str, **values: object) -> None:
    """One line of progress, at once."""
    say_line(text(key, **values))


def say_line(line: str) -> None:
    """A line that needs no translation."""
    print(line, flush=True)


def let_any_terminal_read_this() -> None:
    """A terminal that lacks a character shows a question mark instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _japanese() -> bool:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].startswith("ja")
    return (locale.getlocale()[0] or "").startswith(("ja", "Japanese"))
