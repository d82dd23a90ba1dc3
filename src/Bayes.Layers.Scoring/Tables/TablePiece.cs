namespace Bayes.Layers.Scoring.Tables;

/// <summary>A part of a table's file that is read at a time: rows of CSV between two ends of lines, or a row group of Parquet.</summary>
/// <param name="FirstRow">Zero-based number of its first row.</param>
/// <param name="Rows">The number of its rows.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Bytes">The number of its bytes.</param>
/// <param name="Digest">The SHA-256 of its bytes, in hexadecimal digits.</param>
internal sealed record TablePiece(long FirstRow, int Rows, long Offset, long Bytes, string Digest);
