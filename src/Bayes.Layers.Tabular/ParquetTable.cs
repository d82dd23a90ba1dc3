using Bayes.Layers.Data;
using Parquet;
using Parquet.Schema;

namespace Bayes.Layers.Tabular;

/// <summary>Reads a Parquet file.</summary>
internal static class ParquetTable
{
    private static readonly Dictionary<Type, Func<ParquetRowGroupReader, DataField, int, Task<IEnumerable<object?>>>> Readers = new()
    {
        [typeof(DateTime)] = ReadAsync<DateTime>, [typeof(DateOnly)] = ReadAsync<DateOnly>, [typeof(Guid)] = ReadAsync<Guid>,
        [typeof(string)] = ReadTextsAsync,
        [typeof(ReadOnlyMemory<char>)] = ReadTextsAsync,
    };

    /// <summary>Reads all columns.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or a type is not supported.</exception>
    public static Table Read(string path) => Read(new UnchangedFile(path), columns: null, firstRow: 0, rows: long.MaxValue);

    /// <summary>Reads some rows of some columns.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">The names of the columns; null for all.</param>
    /// <param name="firstRow">Zero-based number of the first row.</param>
    /// <param name="rows">The number of rows; fewer if the file ends before.</param>
    /// <exception cref="InvalidDataException">The file is damaged, lacks a column, or a type is not supported.</exception>
    public static Table Read(UnchangedFile file, IReadOnlyList<string>? columns, long firstRow, long rows)
    {
        var found = file.Read(stream => Waiting.For(() => FieldsAsync(stream)));
        var fields = columns is null ? found : [.. columns.Select(name => found.FirstOrDefault(field => $"{field.Path}" == name)
            ?? throw new InvalidDataException(
                $"{file.Name} has no column '{name}'; found {TextValues.List([.. found.Select(field => $"{field.Path}")])}."))];
        if (fields.FirstOrDefault(IsRefused) is { } refused)
            throw new InvalidDataException(
                $"The column '{refused.Path}' of {file.Name} is of {(refused.MaxRepetitionLevel > 0 ? "lists" : refused.ClrType.Name)}; "
                + "expected numbers, text, true and false, or dates.");
        var values = file.Read(stream => Waiting.For(() => ReadAsync(stream, fields, firstRow, rows)));
        try
        {
            return new Table([.. fields.Select((field, index) => values[index].ToColumn($"{field.Path}"))]);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{file.Name} cannot be used: {exception.Message}", exception);
        }
    }

    private static bool IsRefused(DataField field) =>
        field.IsArray || field.MaxRepetitionLevel > 0 || (!Readers.ContainsKey(field.ClrType) && ParquetNumbers.Find(field) is null);

    private static async Task<DataField[]> FieldsAsync(Stream stream)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        return [.. reader.Schema.GetDataFields()];
    }

    private static async Task<FieldValues[]> ReadAsync(Stream stream, DataField[] fields, long firstRow, long rows)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        FieldValues[] values = [.. fields.Select(field => new FieldValues(field))];
        long start = 0;
        for (int group = 0; group < reader.RowGroupCount && start - firstRow < rows; group++)
        {
            using var opened = reader.OpenRowGroupReader(group);
            int count = checked((int)opened.RowCount);
            int from = (int)Math.Clamp(firstRow - start, 0, count), left = (int)Math.Min(count - from, rows - Math.Max(0, start - firstRow));
            start += count;
            if (left > 0)
                foreach (var column in values)
                    await column.ReadAsync(opened, count, from, left).ConfigureAwait(false);
        }
        return values;
    }

    private static async Task<IEnumerable<object?>> ReadAsync<T>(ParquetRowGroupReader rows, DataField field, int count)
        where T : struct
    {
        if (field.IsNullable)
        {
            var nullable = new T?[count];
            await rows.ReadAsync<T>(field, nullable.AsMemory()).ConfigureAwait(false);
            return nullable.Cast<object?>();
        }
        var values = new T[count];
        await rows.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
        return values.Cast<object?>();
    }

    private static async Task<IEnumerable<object?>> ReadTextsAsync(ParquetRowGroupReader rows, DataField field, int count)
    {
        string?[] values = new string?[count];
        await rows.ReadAsync(field, values.AsMemory()!).ConfigureAwait(false);
        return values;
    }

    // The values of one column that were read so far. Numbers are not boxed.
    private sealed class FieldValues(DataField field)
    {
        private readonly ParquetNumbers? _reader = ParquetNumbers.Find(field);
        private readonly List<double[]> _numbers = [];
        private readonly List<object?> _objects = [];

        public async Task ReadAsync(ParquetRowGroupReader group, int count, int from, int rows)
        {
            if (_reader is null)
            {
                _objects.AddRange((await Readers[field.ClrType](group, field, count).ConfigureAwait(false)).Skip(from).Take(rows));
                return;
            }
            var block = await _reader.ReadAsync(group, field, count).ConfigureAwait(false);
            var numbers = new double[rows];
            block.Read(from, numbers);
            _numbers.Add(numbers);
        }

        public ColumnValues ToColumn(string name) => _reader is null ? ColumnBuilder.Of(name, _objects, field.ClrType)
            : ColumnValues.OfNumbers(
                name, _numbers is [var only] ? only : [.. _numbers.SelectMany(part => part)], ColumnBuilder.KindOf(field.ClrType)!.Value);
    }
}
