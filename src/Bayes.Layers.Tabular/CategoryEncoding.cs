using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>
/// A column of categories: a feature for each, 1 in its rows and 0 in others; rare categories share one, which unknown ones use too.
/// </summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="missing">What happens to rows in which it is missing.</param>
/// <param name="categories">The categories with a feature of their own, in the order of their names.</param>
/// <param name="merged">The rare ones, in the order of their names.</param>
internal sealed class CategoryEncoding(
    string column, int missingCount, WhenMissing missing, IReadOnlyList<string> categories, IReadOnlyList<string> merged)
    : ColumnEncoding(column, missingCount, missing)
{
    private readonly Dictionary<string, int> _indices = Index(categories);
    private readonly HashSet<string> _merged = new(merged, StringComparer.Ordinal);

    /// <summary>Gets the categories with a feature of their own, in the order of their names.</summary>
    public IReadOnlyList<string> Categories => categories;

    /// <summary>Gets the rare ones, in the order of their names.</summary>
    public IReadOnlyList<string> Merged => merged;

    /// <inheritdoc/>
    public override ColumnKind Kind => ColumnKind.Category;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueFeatures => field ??=
        Categories.Count + Merged.Count < 2 || Categories.Count == 0 ? []
        : [.. Categories.Select(category => $"{Column} = {category}"), .. Merged.Count > 0 ? [$"{Column} (other)"] : Array.Empty<string>()];

    /// <summary>Learns training rows.</summary>
    public static ColumnEncoding Learn(ColumnValues column, TabularColumn description)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int row = 0; row < column.Count; row++)
            if (column.Text(row) is { } category)
                counts[category] = counts.GetValueOrDefault(category) + 1;
        var kept = counts.Where(each => each.Value >= description.MinCategoryRows)
            .OrderByDescending(each => each.Value).ThenBy(each => each.Key, StringComparer.Ordinal).Take(description.MaxCategories)
            .Select(each => each.Key).ToHashSet(StringComparer.Ordinal);
        var encoding = new CategoryEncoding(
            column.Name, column.MissingCount, description.Missing, [.. kept.Order(StringComparer.Ordinal)],
            [.. counts.Keys.Where(category => !kept.Contains(category)).Order(StringComparer.Ordinal)]);
        return encoding.Features.Count > 0 ? encoding : new LeftOutColumn(
            column.Name, column.MissingCount, ColumnKind.Category, counts.Count == 1 ? $"it is always {TextValues.Quote(counts.Keys.Single())}"
            : $"none of its {counts.Count} categories has {TextValues.Count(description.MinCategoryRows, "row")}");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static CategoryEncoding FromJson(JsonNode json, string column, int missingCount, WhenMissing missing)
    {
        string[] categories = json.Texts("categories");
        if (categories.Distinct(StringComparer.Ordinal).Count() < categories.Length)
            throw new InvalidDataException($"The description of the column '{column}' names a category twice; expected each once.");
        return new CategoryEncoding(column, missingCount, missing, categories, json.Texts("merged"));
    }

    /// <inheritdoc/>
    public override ColumnSummary Summarize() => new(Column, Kind, Features.Count, MissingCount)
    {
        Categories = Categories.Count, Merged = Merged.Count,
    };

    /// <inheritdoc/>
    protected override List<int> EncodeValues(ColumnValues values, EncodedColumn to)
    {
        var missingRows = new List<int>();
        for (int row = 0; row < values.Count; row++)
            if (values.Text(row) is { } category)
                EncodeCategory(category, row, to);
            else
                missingRows.Add(row);
        return missingRows;
    }

    /// <inheritdoc/>
    protected override void Write(JsonObject json) => (json["categories"], json["merged"]) = (Categories.ToJson(), Merged.ToJson());

    private void EncodeCategory(string category, int row, EncodedColumn to)
    {
        int feature = _indices.GetValueOrDefault(category, Categories.Count);
        if (feature == Categories.Count && !_merged.Contains(category))
        {
            to.UnknownCategories++;
            to.Show(category);
        }
        if (feature < ValueFeatures.Count)
            to[row, feature] = 1;
    }

    private static Dictionary<string, int> Index(IReadOnlyList<string> categories) =>
        categories.Index().ToDictionary(each => each.Item, each => each.Index, StringComparer.Ordinal);
}
