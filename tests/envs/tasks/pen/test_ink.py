"""Real ink: small files of the same form as those of UJIpenchars2 and IAM-OnDB, steps by hand, and damaged files."""

import re

import numpy as np
import pytest

from saccade.envs.tasks.pen.iam_ondb import read_iam_ondb
from saccade.envs.tasks.pen.ink import Ink, InkError
from saccade.envs.tasks.pen.ujipenchars import read_ujipenchars

UJI = """//
// UJI: 100 units per millimetre
//
WORD i trn_UJI_W01-01
  NUMSTROKES 2
  POINTS 3 # 10 20 12 24 12 30
  POINTS 1 # 11 10
// Non-ASCII char: ntilde
WORD \u00f1 tst_UPV_W18-02
  NUMSTROKES 1
  POINTS 2 # -1 2 3 4
"""
IAM = """<?xml version="1.0" encoding="ISO-8859-1"?>
<WhiteboardCaptureSession>
  <WhiteboardDescription>
    <SensorLocation corner="top_left"/>
  </WhiteboardDescription>
  <StrokeSet>
    <Stroke colour="black" start_time="0.10" end_time="0.30">
      <Point x="10" y="20" time="0.10"/>
      <Point x="12" y="24" time="0.20"/>
    </Stroke>
    <Stroke colour="black" start_time="0.40" end_time="0.40">
      <Point x="11" y="10" time="0.40"/>
    </Stroke>
  </StrokeSet>
</WhiteboardCaptureSession>
"""


def test_steps_by_hand():
    ink = Ink("i", "here", (np.array([[10.0, 20], [12, 24], [12, 30]]), np.array([[11.0, 10]])))
    assert ink.steps(height=3.0).tolist() == [
        [2, -4, 1, 0],  # to the right and downwards
        [0, -6, 1, 1],
        [-1, 20, 0, 0],  # to the dot, without ink
        [0, 0, 1, 1],
    ]
    assert ink.steps(6.0)[:, :2].tolist() == (ink.steps(3.0)[:, :2] / 2).tolist()
    assert Ink("", "a dot", (np.array([[5.0, 5]]),)).steps(1.0).tolist() == [[0, 0, 1, 1]]
    with pytest.raises(ValueError, match="height is 0; it must be above 0"):
        ink.steps(0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ujipenchars(tmp_path, end):
    inner = tmp_path / "data"
    inner.mkdir()
    (inner / "ujipenchars2.txt").write_bytes(UJI.replace("\n", end).encode())
    (inner / "ujipenchars2.names").write_text("about the data")
    first, second = read_ujipenchars(tmp_path)
    assert (first.text, second.text) == ("i", "\u00f1")
    assert second.source == "ujipenchars2.txt tst_UPV_W18-02"
    assert [stroke.tolist() for stroke in first.strokes] == [[[10, 20], [12, 24], [12, 30]], [[11, 10]]]
    assert second.strokes[0].tolist() == [[-1, 2], [3, 4]]
    assert first.steps(3.0).shape == (4, 4)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("POINTS 3 # 10", "POINTS 4 # 10", "line 6: 4 points need '#' and 8 numbers, and there are 6"),
        ("12 24", "12 x", "line 6: a place is 'x'; it must be a number"),
        ("12 24", "12 nan", "line 6: a place is 'nan'; it must be a number"),
        ("NUMSTROKES 2", "NUMSTROKES 3", "line 9: 'WORD .* stands where a line 'POINTS' must be"),
        ("NUMSTROKES 2", "NUMSTROKES 0", "line 5: the number of strokes is 0; it must be a whole number of at least 1"),
        ("NUMSTROKES 2\n", "", "line 5: 'POINTS 3 # .* stands where a line 'NUMSTROKES' must be"),
        ("  POINTS 2 # -1 2 3 4\n", "", "line 11: 'the end of the file' stands where a line 'POINTS' must be"),
        ("WORD i trn_UJI_W01-01", "WORD i", "line 4: 'WORD i' stands where a line 'WORD character name' must be"),
    ],
)
def test_a_damaged_file_of_ujipenchars(tmp_path, good, bad, message):
    file = tmp_path / "ujipenchars2.txt"
    assert good in UJI
    file.write_text(UJI.replace(good, bad), encoding="utf-8")
    with pytest.raises(InkError, match=re.escape(f"{file}, ") + message) as caught:
        read_ujipenchars(tmp_path)
    assert "\n" not in str(caught.value)


def test_text_that_is_not_utf_8(tmp_path):
    (tmp_path / "ujipenchars2.txt").write_bytes(UJI.encode("latin-1"))
    with pytest.raises(InkError, match=r"ujipenchars2.txt, line 9: it is not text in UTF-8"):
        read_ujipenchars(tmp_path)


def test_iam_ondb(tmp_path):
    lines, texts = tmp_path / "lineStrokes" / "a01" / "a01-000", tmp_path / "ascii" / "a01" / "a01-000"
    for folder in (lines, texts):
        folder.mkdir(parents=True)
    (lines / "a01-000u-01.xml").write_text(IAM)
    (lines / "a01-000u-02.xml").write_text(IAM.replace('x="12"', 'x="13.5"'))
    (lines / "b01-000x-01.xml").write_text(IAM)
    (texts / "a01-000u.txt").write_text("OCR:\n\nA MoVE\n\nCSR:\n\nA MOVE to stop\nMr. Gaitskell\n")
    first, second, third = read_iam_ondb(tmp_path)
    assert (first.text, second.text, third.text) == ("A MOVE to stop", "Mr. Gaitskell", "")
    assert first.source == "a01-000u-01.xml"
    assert [stroke.tolist() for stroke in first.strokes] == [[[10, 20], [12, 24]], [[11, 10]]]
    assert second.strokes[0][1].tolist() == [13.5, 24]
    assert first.steps(3.0).tolist() == [[2, -4, 1, 1], [-1, 14, 0, 0], [0, 0, 1, 1]]


DOCTYPE = '<!DOCTYPE a [<!ENTITY b "1"><!ENTITY c "&b;&b;">]>\n'


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('x="12"', 'x="twelve"', ", line 9: x of a <Point> is 'twelve'; it must be a number"),
        ('y="24" ', "", ", line 9: y of a <Point> is None; it must be a number"),
        ("    </Stroke>\n    <Stroke", "    <Stroke", r", line 13: it is not XML \(mismatched tag\)"),
        ("</WhiteboardCaptureSession>\n", "", r", line 15: it is not XML \(no element found\)"),
        ('      <Point x="11" y="10" time="0.40"/>\n', "", ", line 12: a <Stroke> has no <Point>"),
        ("  <StrokeSet>\n", '  <Point x="1" y="1"/>\n', ", line 6: a <Point> stands outside a <Stroke>"),
        ("<WhiteboardCaptureSession>\n", DOCTYPE + "<WhiteboardCaptureSession>\n", ", line 2: it has a document type"),
    ],
)
def test_a_damaged_file_of_iam_ondb(tmp_path, good, bad, message):
    file = tmp_path / "a01-000u-01.xml"
    assert good in IAM
    file.write_text(IAM.replace(good, bad))
    with pytest.raises(InkError, match=re.escape(str(file)) + message) as caught:
        read_iam_ondb(tmp_path)
    assert "\n" not in str(caught.value)


def test_folders_without_ink(tmp_path):
    for read, what in ((read_ujipenchars, "the file ujipenchars2.txt"), (read_iam_ondb, "the folder lineStrokes of IAM-OnDB")):
        with pytest.raises(InkError, match=f"there is no folder .*gone; give the folder with {what}"):
            read(tmp_path / "gone")
        (tmp_path / "a.txt").write_text("")
        with pytest.raises(InkError, match=r"a\.txt is a file; give the folder with"):
            read(tmp_path / "a.txt")
        with pytest.raises(InkError, match=f"has no file .*; give the folder with {what}"):
            read(tmp_path)
    (tmp_path / "a.xml").write_text("<a/>")
    with pytest.raises(InkError, match=r"a\.xml: it has no <Stroke>"):
        read_iam_ondb(tmp_path)
    (tmp_path / "ujipenchars2.txt").write_text("// nothing\n")
    with pytest.raises(InkError, match="have no character"):
        read_ujipenchars(tmp_path)
