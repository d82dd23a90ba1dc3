using Bayes.Layers.Samples;

return TorchProgram.Run((output, error, isTerminal, interrupt) =>
{
    // The samples' networks are too small to gain from threads within an operation. One thread adds numbers up in one order, so a
    // seed gives the same numbers whatever the number of cores.
    TorchSharp.torch.set_num_threads(1);
    return SampleProgram.Run(args, output, error, isTerminal, interrupt);
});
