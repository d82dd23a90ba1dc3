using System.Diagnostics.Metrics;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Observing;

/// <summary>What the service counts and measures, for OpenTelemetry or <c>dotnet-counters</c>.</summary>
internal sealed class ServiceMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Bayes.Layers.Service";

    private readonly Meter _meter;
    private readonly Counter<long> _predicted;
    private readonly Counter<long> _refusedRows;
    private readonly Counter<long> _givenUpRows;
    private readonly Counter<long> _refusedRequests;
    private readonly Histogram<int> _batchRows;
    private readonly Histogram<double> _batchDuration;
    private readonly Histogram<double> _rowDuration;
    private readonly Histogram<double> _epistemic;

    /// <summary>Creates the instruments.</summary>
    public ServiceMetrics(IMeterFactory factory)
    {
        var meter = _meter = factory.Create(MeterName);
        _predicted = meter.CreateCounter<long>("bayes.rows.predicted", "{row}", "Rows that were answered with a prediction.");
        _refusedRows = meter.CreateCounter<long>("bayes.rows.refused", "{row}", "Rows that were refused with a sentence.");
        _givenUpRows = meter.CreateCounter<long>("bayes.rows.given_up", "{row}", "Rows that were given up because their clients had gone.");
        _refusedRequests = meter.CreateCounter<long>("bayes.requests.refused", "{request}", "Requests that were refused whole, by their status.");
        _batchRows = meter.CreateHistogram(
            "bayes.batch.rows", "{row}", "Rows of a batch.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        _batchDuration = meter.CreateHistogram(
            "bayes.batch.duration", "s", "Time to compute a batch.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _rowDuration = meter.CreateHistogram(
            "bayes.row.duration", "s", "Time from accepting a row to its answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _epistemic = meter.CreateHistogram<double>(
            "bayes.uncertainty.epistemic", null,
            "What the model does not know of a row: a standard deviation in the target's unit, or the mutual information of classes in nats. "
            + "It rises when rows become unlike those of the training.");
    }

    /// <summary>Reports the length of the queue whenever it is asked for.</summary>
    public void Observe(RowQueue queue) => _meter.CreateObservableGauge("bayes.queue.rows", () => queue.Count, "{row}", "Rows that wait.");

    /// <summary>Determines whether an instrument is of this service, and not of another one in the same process.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    private static double[] Seconds => [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

    /// <summary>Records a computed batch.</summary>
    public void Computed(RowBatch batch, TimeSpan duration)
    {
        _batchRows.Record(batch.Rows.Count);
        _batchDuration.Record(duration.TotalSeconds);
    }

    /// <summary>Records answers.</summary>
    public void Answered(IReadOnlyList<PredictedRow> answers, TimeSpan duration)
    {
        int refused = 0;
        foreach (var answer in answers)
        {
            if (answer.Error is not null)
                refused++;
            else if (_epistemic.Enabled)
                _epistemic.Record(answer.Epistemic!.Value);
            _rowDuration.Record(duration.TotalSeconds);
        }
        _predicted.Add(answers.Count - refused);
        RefusedRows(refused);
    }

    /// <summary>Records rows that were refused.</summary>
    public void RefusedRows(int count)
    {
        if (count > 0)
            _refusedRows.Add(count);
    }

    /// <summary>Records rows that nobody waits for any more.</summary>
    public void GivenUp(int count) => _givenUpRows.Add(count);

    /// <summary>Records a request that was refused whole.</summary>
    public void RefusedRequest(int status) => _refusedRequests.Add(1, new KeyValuePair<string, object?>("status", status));
}
