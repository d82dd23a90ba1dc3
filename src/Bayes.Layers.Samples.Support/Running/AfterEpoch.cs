using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Calls a method after every epoch, on the thread that trains, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class AfterEpoch(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}
