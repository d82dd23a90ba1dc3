using System.CommandLine;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>One call of one variant of a case, and its memory. The report starts this command for each.</summary>
internal static class MemoryOfCallCommand
{
    public static Command Create(TextWriter output)
    {
        var key = new Argument<string>("case");
        key.AcceptOnlyFromAmong([.. Cases.Prediction.Select(each => each.Key)]);
        var way = new Argument<string>("way");
        way.AcceptOnlyFromAmong(MemoryOfCalls.Baseline, MemoryOfCalls.Library);
        var device = DeviceOption.Create();
        var command = new Command(MemoryOfCalls.Command, "The memory of one call.") { Hidden = true };
        command.Arguments.Add(key);
        command.Arguments.Add(way);
        command.Options.Add(device);
        command.SetAction(parsed => MemoryOfCalls.Measure(parsed.GetValue(key)!, parsed.GetValue(way)!, parsed.GetValue(device)!, output));
        return command;
    }
}
