namespace Bayes.Layers.Tabular;

/// <summary>Predicts a class from the columns of a table, and says how sure it is.</summary>
public sealed class TabularClassification
{
    private TabularClassification()
    {
    }
}
