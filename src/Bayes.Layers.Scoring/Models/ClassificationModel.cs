using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Models;

/// <summary>A <see cref="TabularClassification"/>.</summary>
internal sealed class ClassificationModel(string path) : TabularModel
{
    private readonly TabularClassification _model = TabularClassification.Load(path);

    protected override IScoredModel Model => _model;

    public override IReadOnlyList<string> FeaturesOf(ScoringRequest request, IReadOnlyList<string> columns) => request.Quantiles.Count == 0
        ? base.FeaturesOf(request, columns)
        : throw new ScoringException($"The model predicts classes of '{_model.Target}', which have no quantiles; expected none.");

    public override IReadOnlyList<ResultColumn> Score(Table rows, ScoringTask task, CancellationToken cancellationToken)
    {
        var prediction = _model.Predict(rows, DrawsOf(task), cancellationToken);
        var columns = new List<ResultColumn> { new("class", prediction.PredictedClass.ToArray()) };
        columns.AddRange(_model.Classes.Select(name => Column($"probability_{name}", prediction.ProbabilityOf(name))));
        columns.Add(Column("total_entropy", prediction.TotalEntropy));
        columns.Add(Column("expected_entropy", prediction.ExpectedEntropy));
        columns.Add(Column("mutual_information", prediction.MutualInformation));
        if (task.Targets.Count > 0)
            columns.Add(Column("log_density", prediction.LogProbabilityOf(_model.ClassesOf(rows))));
        return columns;
    }

    public override void Dispose() => _model.Dispose();
}
