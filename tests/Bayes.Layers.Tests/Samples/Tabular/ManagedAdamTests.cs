using Bayes.Layers.Samples.Tabular;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Samples.Tabular;

public sealed class ManagedAdamTests : TorchTest
{
    [Fact]
    public void It_steps_like_torch_under_a_falling_learning_rate()
    {
        using var start = randn(3, 4);
        using Parameter ours = new(start.clone()), theirs = new(start.clone()), idle = new(start.clone());
        using var mine = new ManagedAdam([ours, idle], 0.1);
        using var torchs = optim.Adam([theirs], lr: 0.1, beta1: 0.9, beta2: 0.999);
        optim.lr_scheduler.LRScheduler[] schedules =
            [optim.lr_scheduler.CosineAnnealingLR(mine, 10), optim.lr_scheduler.CosineAnnealingLR(torchs, 10)];
        for (int step = 0; step < 8; step++)
        {
            foreach (var (parameter, optimizer) in new (Parameter, optim.Optimizer)[] { (ours, mine), (theirs, torchs) })
            {
                parameter.grad = null;
                // The gradient of a transposed product is not contiguous.
                (parameter.t().pow(3) + parameter.t()).sum().backward();
                optimizer.step();
            }
            foreach (var schedule in schedules)
                schedule.step();
        }
        ShouldBeClose(ours, theirs, 1e-5);
        ShouldDiffer(ours, start);
        ShouldBeClose(idle, start, 0, "without a gradient nothing moves");
    }

    [Fact]
    public void A_closure_is_refused()
    {
        using var parameter = new Parameter(zeros(2));
        using var optimizer = new ManagedAdam([parameter], 0.1);
        optimizer.Invoking(it => it.step(() => zeros(1))).Should().Throw<NotSupportedException>().WithMessage("A closure was given; expected none*");
    }
}
