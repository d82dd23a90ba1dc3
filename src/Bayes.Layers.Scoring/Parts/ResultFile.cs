using Bayes.Layers.Checkpoints;
using Bayes.Layers.Data;
using Bayes.Layers.Scoring.Models;
using Parquet;
using Parquet.Schema;

namespace Bayes.Layers.Scoring.Parts;

/// <summary>Writes and reads results as Parquet.</summary>
internal static class ResultFile
{
    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="note">What it says of itself; its digest is computed.</param>
    /// <param name="groups">Row groups, which are asked for one after the other.</param>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    public static void Write(string path, ResultNote note, IEnumerable<IReadOnlyList<ResultColumn>> groups) =>
        // Whoever reads a part checks its digest; the whole result is also read by others.
        WholeFile.Write(path, stream => Waiting.For(() => WriteAsync(stream, note, groups)), isFlushed: note.Shard is null);

    /// <summary>Reads a file with one row group.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it must say of itself.</param>
    /// <exception cref="InvalidDataException">The file is absent, damaged, or something else.</exception>
    public static IReadOnlyList<ResultColumn> Read(string path, ResultNote expected)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"'{path}' does not exist.");
        try
        {
            var (columns, note) = Waiting.For(() => ReadAsync(path));
            using var digest = new ResultDigest();
            digest.Add(columns);
            return note == expected with { Digest = digest.ToString() } ? columns
                : throw new InvalidDataException($"'{path}' is damaged, or a part of something else.");
        }
        catch (Exception exception) when (exception is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"'{path}' cannot be read: {exception.Message.Split('\n')[0].TrimEnd('.', ' ', '\r')}.", exception);
        }
    }

    /// <summary>Returns what a file says of itself; null if it is no file of results.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static ResultNote? NoteOf(string path) => new UnchangedFile(path).Read(stream => Waiting.For(async () =>
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        return NoteOf(reader);
    }));

    private static async Task WriteAsync(Stream stream, ResultNote note, IEnumerable<IReadOnlyList<ResultColumn>> groups)
    {
        using var digest = new ResultDigest();
        ParquetWriter? writer = null;
        DataField[] fields = [];
        try
        {
            foreach (var columns in groups)
            {
                if (writer is null)
                {
                    fields = [.. columns.Select(column => new DataField(column.Name, column.Values.GetType().GetElementType()!, isNullable: false))];
                    writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream).ConfigureAwait(false);
                }
                digest.Add(columns);
                using var group = writer.CreateRowGroup();
                for (int index = 0; index < fields.Length; index++)
                    await WriteAsync(group, fields[index], columns[index].Values).ConfigureAwait(false);
            }
            if (writer is not null)
                writer.CustomMetadata = new Dictionary<string, string> { [ResultNote.Key] = (note with { Digest = digest.ToString() }).ToJson() };
        }
        finally
        {
            if (writer is not null)
                await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array values) => values switch
    {
        long[] wholes => group.WriteAsync<long>(field, wholes.AsMemory()),
        float[] singles => group.WriteAsync<float>(field, singles.AsMemory()),
        double[] doubles => group.WriteAsync<double>(field, doubles.AsMemory()),
        _ => group.WriteAsync(field, (string[])values),
    };

    private static async Task<(IReadOnlyList<ResultColumn> Columns, ResultNote? Note)> ReadAsync(string path)
    {
        await using var reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
        var columns = new List<ResultColumn>();
        if (reader.RowGroupCount != 1)
            return (columns, null);
        using var group = reader.OpenRowGroupReader(0);
        int rows = checked((int)group.RowCount);
        foreach (var field in reader.Schema.GetDataFields())
            columns.Add(new ResultColumn(field.Name, await ReadAsync(group, field, rows).ConfigureAwait(false)));
        return (columns, NoteOf(reader));
    }

    private static async Task<Array> ReadAsync(ParquetRowGroupReader group, DataField field, int rows)
    {
        if (field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            string[] texts = new string[rows];
            await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
            return texts;
        }
        return field.ClrType == typeof(long) ? await NumbersAsync<long>().ConfigureAwait(false)
            : field.ClrType == typeof(float) ? await NumbersAsync<float>().ConfigureAwait(false)
            : await NumbersAsync<double>().ConfigureAwait(false);

        async Task<Array> NumbersAsync<T>()
            where T : struct
        {
            var values = new T[rows];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            return values;
        }
    }

    private static ResultNote? NoteOf(ParquetReader reader) =>
        reader.CustomMetadata.TryGetValue(ResultNote.Key, out string? text) ? ResultNote.Parse(text) : null;
}
