using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.Data;

/// <summary>Reads numbers of a column from the current row of a cursor.</summary>
internal abstract class DataViewColumn(int width)
{
    /// <summary>Gets the number of values in a row.</summary>
    public int Width => width;

    /// <summary>Copies the numbers of the current row.</summary>
    /// <param name="values">Receives them, as many as the width.</param>
    public abstract void Read(Span<double> values);

    /// <summary>Returns what makes readers for a type, or null if it is not of numbers.</summary>
    public static Kind? Find(DataViewType type)
    {
        var item = type is VectorDataViewType { IsKnownSize: true } vector ? vector.ItemType : type;
        return item is NumberDataViewType or BooleanDataViewType || item is KeyDataViewType && ReferenceEquals(item, type)
            ? Kind.Of(item.RawType, item is KeyDataViewType) : null;
    }

    /// <summary>Makes readers for one element type.</summary>
    internal abstract class Kind
    {
        private static readonly Dictionary<Type, Kind> Types = new()
        {
            [typeof(bool)] = new Kind<bool>(value => value ? 1 : 0),
            [typeof(sbyte)] = Number<sbyte>(), [typeof(byte)] = Number<byte>(), [typeof(short)] = Number<short>(),
            [typeof(ushort)] = Number<ushort>(), [typeof(int)] = Number<int>(), [typeof(uint)] = Number<uint>(), [typeof(long)] = Number<long>(),
            [typeof(ulong)] = Number<ulong>(), [typeof(float)] = Number<float>(), [typeof(double)] = Number<double>(),
        };

        private static readonly Dictionary<Type, Kind> Keys = new()
        {
            [typeof(byte)] = Key<byte>(), [typeof(ushort)] = Key<ushort>(), [typeof(uint)] = Key<uint>(), [typeof(ulong)] = Key<ulong>(),
        };

        public static Kind? Of(Type type, bool isKey) => (isKey ? Keys : Types).GetValueOrDefault(type);

        public abstract DataViewColumn In(DataViewRow row, DataViewSchema.Column column);

        private static Kind<T> Number<T>()
            where T : INumberBase<T> => new(double.CreateTruncating);

        // ML.NET numbers keys from 1; 0 is missing.
        private static Kind<T> Key<T>()
            where T : INumberBase<T> => new(value => T.IsZero(value) ? double.NaN : double.CreateTruncating(value) - 1);
    }

    private sealed class Kind<T>(Func<T, double> convert) : Kind
    {
        public override DataViewColumn In(DataViewRow row, DataViewSchema.Column column) => column.Type is VectorDataViewType vector
            ? new Vector(row.GetGetter<VBuffer<T>>(column), vector.Size, convert) : new Scalar(row.GetGetter<T>(column), convert);

        private sealed class Scalar(ValueGetter<T> getter, Func<T, double> convert) : DataViewColumn(1)
        {
            private T _value = default!;

            public override void Read(Span<double> values)
            {
                getter(ref _value);
                values[0] = convert(_value);
            }
        }

        private sealed class Vector(ValueGetter<VBuffer<T>> getter, int width, Func<T, double> convert) : DataViewColumn(width)
        {
            private VBuffer<T> _value;

            public override void Read(Span<double> values)
            {
                getter(ref _value);
                values.Clear();
                var given = _value.GetValues();
                var places = _value.GetIndices();
                for (int i = 0; i < given.Length; i++)
                    values[_value.IsDense ? i : places[i]] = convert(given[i]);
            }
        }
    }
}
