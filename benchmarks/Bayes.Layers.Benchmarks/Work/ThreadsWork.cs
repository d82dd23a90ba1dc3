using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>Other work on a given number of torch's threads. Each call restores the number.</summary>
internal sealed class ThreadsWork(Workload work, int threads) : Workload(work.Device)
{
    public override int Units => work.Units;

    public override void Baseline() => On(work.Baseline);

    public override void Library() => On(work.Library);

    public override Action? Plain => work.Plain is { } plain ? () => On(plain) : null;

    public override void RequireAgreement() => On(work.RequireAgreement);

    public override void Dispose() => work.Dispose();

    private void On(Action action)
    {
        int before = get_num_threads();
        set_num_threads(threads);
        try
        {
            action();
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
