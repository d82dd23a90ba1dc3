using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Rows;

/// <summary>Finds the columns of a model by their names.</summary>
internal sealed class ColumnIndex
{
    private const int MostNames = 20;

    private readonly Dictionary<string, int> _places;

    /// <summary>Indexes columns.</summary>
    public ColumnIndex(IReadOnlyList<ModelColumn> columns)
    {
        Columns = columns;
        _places = columns.Index().ToDictionary(each => each.Item.Name, each => each.Index, StringComparer.Ordinal);
    }

    /// <summary>Gets the columns in their order.</summary>
    public IReadOnlyList<ModelColumn> Columns { get; }

    /// <summary>Finds the place of a column.</summary>
    public bool TryFind(string name, out int place) => _places.TryGetValue(name, out place);

    /// <summary>Returns the sentence about a column that the model does not know.</summary>
    public string Unknown(string name) => $"The column {Quoted.Text(name)} is unknown; expected {Names()}.";

    /// <summary>Returns the names for a message.</summary>
    public string Names() =>
        string.Join(", ", Columns.Take(MostNames).Select(column => column.Name))
        + (Columns.Count > MostNames ? $" and {Columns.Count - MostNames} more" : "");
}
