using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>Measures everything on one device: each case by hand, by the library and its parts in turn, followed by PyTorch.</summary>
/// <param name="Device">cpu or cuda:0.</param>
/// <param name="Python">The Python interpreter that has a PyTorch, or null for none.</param>
/// <param name="Say">Called after every case.</param>
internal sealed record ReportRun(string Device, string? Python, Action<string> Say)
{
    private const double PyTorchSeconds = 3;

    public DeviceReport Measure(IReadOnlyList<Section> sections)
    {
        using var pyTorch = StartPyTorch(out string word);
        Say($"{Device}; {word}");
        SectionResult[] results = [.. sections.Select(section => Measure(section, pyTorch))];
        // Resident memory is only the CPU's.
        var memory = Device == "cpu" ? sections.SelectMany(section => section.Cases).Intersect(Cases.Prediction).Select(MeasureMemory) : [];
        return new DeviceReport(Device, Machine.Facts(Device), word, results, [.. memory]);
    }

    private PyTorchProcess? StartPyTorch(out string word)
    {
        if (Python is null)
        {
            word = "not compared with PyTorch, which was not asked for";
            return null;
        }
        try
        {
            var process = new PyTorchProcess(Python, Device, PyTorchSeconds);
            word = process.Description;
            return process;
        }
        catch (PyTorchException exception)
        {
            word = $"not compared with PyTorch: {exception.Message}";
            return null;
        }
    }

    // A case that is wrong, or too large for the device, does not end the others.
    private SectionResult Measure(Section section, PyTorchProcess? pyTorch)
    {
        List<CaseResult> results = [];
        List<string> notTimed = [], notCompiled = [];
        foreach (var each in section.Cases)
        {
            try
            {
                var result = CaseResult.Measure(each, Device, section.Rounds, withBounds: true);
                if (InPyTorch(each, section, pyTorch) is { } inPyTorch)
                {
                    result = result with { PyTorch = inPyTorch.Timings };
                    if (inPyTorch.NotCompiled is { } reason)
                        notCompiled.Add($"{each.Key} was not compiled by PyTorch: {reason}");
                }
                Say(Line(result));
                results.Add(result);
            }
            catch (Exception exception) when (
                exception is InvalidOperationException or PyTorchException or System.Runtime.InteropServices.ExternalException)
            {
                notTimed.Add($"{each.Key} was not timed: {exception.Message.Split('\n')[0].TrimEnd()}");
                Say(notTimed[^1]);
            }
        }
        return new SectionResult(section.Title, results, notTimed) { NotCompiled = notCompiled };
    }

    private PyTorchResult? InPyTorch(Case given, Section section, PyTorchProcess? pyTorch)
    {
        if (pyTorch is null)
            return null;
        using var work = given.Create(TorchSharp.torch.device(Device));
        return work.PyTorch is { } description ? pyTorch.Time(description, section.Compiled) : null;
    }

    private static string Line(CaseResult result) =>
        $"{result.Key}: {Readable.Duration(result.Library.Median / result.Units)}, {Readable.Ratio(result.Speedup)} as fast as by hand"
        + (result.OverPlain is { } times ? $", {Readable.Ratio(times)} the plain network's time" : "")
        + (result.BestPyTorch is { } best ? $", {Readable.Ratio(best.Seconds / result.Library.Median)} as fast as PyTorch" : "")
        + (result.BestCompiled is { } compiled ? $", {Readable.Ratio(compiled.Seconds / result.Library.Median)} as fast as it compiled" : "");

    private MemoryResult MeasureMemory(Case given)
    {
        var result = MemoryResult.Measure(given, Device);
        Say($"{given.Key}: {Readable.Mebibytes(result.Library.ResidentBytes)} resident, by hand {Readable.Mebibytes(result.Baseline.ResidentBytes)}");
        return result;
    }
}
