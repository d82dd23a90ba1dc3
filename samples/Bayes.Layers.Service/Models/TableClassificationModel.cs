using Bayes.Layers.Tabular;

namespace Bayes.Layers.Service.Models;

/// <summary>A file of <see cref="TabularClassification"/>, whose rows are those of its table.</summary>
internal sealed class TableClassificationModel : ServedModel
{
    private readonly TabularClassification _model;

    /// <summary>Takes a model over.</summary>
    /// <param name="model">The model.</param>
    /// <param name="draws">The number of its draws.</param>
    /// <param name="seed">Their seed.</param>
    public TableClassificationModel(TabularClassification model, int draws, int seed)
    {
        _model = model;
        Description = new ModelDescription("classification", $"{model}", TableRows.ColumnsOf(model.Summary), draws, seed)
        {
            Target = model.Target, Classes = model.Classes,
        };
    }

    /// <inheritdoc/>
    public override ModelDescription Description { get; }

    /// <inheritdoc/>
    public override PredictedRow[] Predict(IReadOnlyList<object?[]> rows, CancellationToken cancellationToken)
    {
        var prediction = _model.Predict(TableRows.Of(rows, Columns), cancellationToken);
        double[,] probabilities = prediction.Probabilities;
        double[] own = new double[_model.Classes.Count];
        var answers = new PredictedRow[rows.Count];
        for (int row = 0; row < answers.Length; row++)
        {
            for (int index = 0; index < own.Length; index++)
                own[index] = probabilities[row, index];
            answers[row] = ClassAnswers.Of(own, _model.Classes, prediction.TotalEntropy[row], prediction.MutualInformation[row]);
        }
        return answers;
    }

    /// <inheritdoc/>
    public override void Dispose() => _model.Dispose();
}
