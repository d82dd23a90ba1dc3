using Bayes.Layers.Data;
using Parquet;
using Parquet.Schema;

namespace Bayes.Layers.Tabular;

/// <summary>Reads a Parquet file.</summary>
internal static class ParquetTable
{
    private static readonly Dictionary<Type, Func<ParquetRowGroupReader, DataField, int, Task<IEnumerable<object?>>>> Readers = new()
    {
        [typeof(bool)] = ReadAsync<bool>, [typeof(sbyte)] = ReadAsync<sbyte>, [typeof(byte)] = ReadAsync<byte>, [typeof(short)] = ReadAsync<short>,
        [typeof(ushort)] = ReadAsync<ushort>, [typeof(int)] = ReadAsync<int>, [typeof(uint)] = ReadAsync<uint>, [typeof(long)] = ReadAsync<long>,
        [typeof(ulong)] = ReadAsync<ulong>, [typeof(Half)] = ReadAsync<Half>, [typeof(float)] = ReadAsync<float>,
        [typeof(double)] = ReadAsync<double>, [typeof(decimal)] = ReadAsync<decimal>, [typeof(DateTime)] = ReadAsync<DateTime>,
        [typeof(DateOnly)] = ReadAsync<DateOnly>, [typeof(Guid)] = ReadAsync<Guid>, [typeof(string)] = ReadTextsAsync,
        [typeof(ReadOnlyMemory<char>)] = ReadTextsAsync,
    };

    /// <summary>Reads all columns.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or a type is not supported.</exception>
    public static Table Read(string path)
    {
        var file = new UnchangedFile(path);
        var (fields, values) = file.Read(stream => Waiting.For(() => ReadAsync(stream)));
        if (fields.FirstOrDefault(IsRefused) is { } refused)
            throw new InvalidDataException(
                $"The column '{refused.Path}' of {file.Name} is of {(refused.MaxRepetitionLevel > 0 ? "lists" : refused.ClrType.Name)}; "
                + "expected numbers, text, true and false, or dates.");
        try
        {
            return new Table([.. fields.Select((field, index) => ColumnBuilder.Of($"{field.Path}", values[index], field.ClrType))]);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{file.Name} cannot be used: {exception.Message}", exception);
        }
    }

    private static bool IsRefused(DataField field) => field.IsArray || field.MaxRepetitionLevel > 0 || !Readers.ContainsKey(field.ClrType);

    private static async Task<(DataField[] Fields, List<object?>[] Values)> ReadAsync(Stream stream)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        DataField[] fields = [.. reader.Schema.GetDataFields()];
        List<object?>[] values = [.. fields.Select(_ => new List<object?>())];
        if (fields.Any(IsRefused))
            return (fields, values);
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            int count = checked((int)rows.RowCount);
            for (int index = 0; index < fields.Length; index++)
                values[index].AddRange(await Readers[fields[index].ClrType](rows, fields[index], count).ConfigureAwait(false));
        }
        return (fields, values);
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
}
