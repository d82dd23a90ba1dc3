using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Bayes.Layers.Scoring.Models;

namespace Bayes.Layers.Scoring.Parts;

/// <summary>Computes the SHA-256 of results, row group by row group: of names and values, not of how a file encodes them.</summary>
internal sealed class ResultDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a row group.</summary>
    public void Add(IReadOnlyList<ResultColumn> columns)
    {
        foreach (var column in columns)
        {
            AddText(column.Name);
            if (column.Values is long[] wholes)
                _hash.AppendData(MemoryMarshal.AsBytes(wholes.AsSpan()));
            else if (column.Values is float[] singles)
                _hash.AppendData(MemoryMarshal.AsBytes(singles.AsSpan()));
            else if (column.Values is double[] doubles)
                _hash.AppendData(MemoryMarshal.AsBytes(doubles.AsSpan()));
            else
                foreach (string text in (string[])column.Values)
                    AddText(text);
        }
    }

    /// <summary>Returns the digest in hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();

    private void AddText(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _hash.AppendData(BitConverter.GetBytes(bytes.Length));
        _hash.AppendData(bytes);
    }
}
